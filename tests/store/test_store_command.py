"""`python -m stitch_exp.store`: what is there, whether it is whole, and what goes."""

from stitch_exp.store.__main__ import main


def test_list_says_sizes_and_ages(kept, capsys):
    assert main(["--folder", str(kept[0]), "list"]) == 0
    shown = capsys.readouterr().out
    assert "within the hour" in shown and "40 days ago" in shown and "2 artefacts" in shown


def test_verify_sets_damaged_ones_aside(kept, capsys):
    root, (first, _) = kept
    assert main(["--folder", str(root), "verify"]) == 0
    (first / "meta.json").write_text("{}")
    assert main(["--folder", str(root), "verify"]) == 1
    assert "1 whole, 1 damaged" in capsys.readouterr().out
    assert not first.exists() and first.with_name(f"{first.name}.damaged").is_dir()


def test_a_missing_store_is_a_wrong_command(tmp_path, capsys):
    assert main(["--folder", str(tmp_path / "none"), "list"]) == 2
    assert "give --folder" in capsys.readouterr().err
