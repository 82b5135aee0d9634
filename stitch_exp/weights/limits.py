"""Bounds on what a weight file may turn into, so that a small file cannot fill the memory.

An honest file becomes about as many bytes as it has, up to a few times when it is compressed or when one storage is
seen under several names. A hostile one repeats, stretches or merely announces what it does not hold.
"""

from io import BufferedIOBase

FACTOR, SPARE_BYTES = 4, 512 << 20
MAX_INSTRUCTIONS = 400_000


class Refused(Exception):
    """The file asks for something that plain weights do not need."""


class Budget:
    """Bytes that one file may become.

    Args:
        file_bytes: Its size on disk; the limit is four times as much and half a gigabyte.
    """

    def __init__(self, file_bytes: int) -> None:
        self.file_bytes = file_bytes
        self.limit = FACTOR * file_bytes + SPARE_BYTES
        self.spent = 0

    def spend(self, num_bytes: int) -> None:
        """Counts bytes before they are made.

        Raises:
            Refused: The file becomes more than any honest one of its size.
        """
        self.spent += num_bytes
        if self.spent > self.limit:
            raise Refused(
                f"its {self.file_bytes:,} bytes would become {self.spent:,} or more in memory, "
                f"which no honest file of weights does (limit {self.limit:,})"
            )


class Bounded:
    """A binary stream that never reserves memory for more bytes than it has left.

    Args:
        stream: Where the bytes come from.
        size: Its length.
    """

    def __init__(self, stream: BufferedIOBase, size: int) -> None:
        self.stream, self.left = stream, size - stream.tell()

    def read(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            ValueError: There are fewer.
        """
        if count > self.left:
            raise ValueError(f"it announces {count:,} bytes where {self.left:,} are left")
        self.left -= count
        return self.stream.read(count)

    def readline(self) -> bytes:
        """The bytes up to the next line break, with it."""
        line = self.stream.readline()
        self.left -= len(line)
        return line
