"""What the machine at hand gives: files of installed packages, whole files on its disk, a quiet terminal, bfloat16."""
