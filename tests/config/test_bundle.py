"""A missing weight file stops a run at once, with its config key, its licence and the command that fetches it."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from stitch_exp.building.builder import Builder, weight_files
from stitch_exp.config import schema
from stitch_exp.config.validate import problems
from stitch_exp.weights import registry

NONE_OF_THE_PACKAGE = "paths.weights=/nowhere"


@pytest.fixture(autouse=True)
def _pip_brought_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.installed, "find", lambda *_: None)


def test_every_missing_file_of_a_bundle_is_named_at_once() -> None:
    found = problems(["model=ffhq", NONE_OF_THE_PACKAGE])
    for key, name in {
        "model.generator": "stylegan2_ffhq",
        "model.inverters.e4e": "e4e_ffhq",
        "segmenter.weights": "bisenet",
        "identity.weights": "facenet_vggface2",
        "perceptual.weights": "alexnet",
        "edit.directions": "w_directions",
    }.items():
        [line] = [line for line in found if line.startswith(f"{key}=")]
        assert "licence" in line and f"weights fetch {name}`" in line


def test_the_hypernetwork_is_asked_for_only_by_who_uses_it() -> None:
    assert not any("hypernetwork" in line for line in problems(["model=ffhq", NONE_OF_THE_PACKAGE]))
    found = problems(["model=ffhq", "encoder=hyperstyle", NONE_OF_THE_PACKAGE])
    assert any(line.startswith("model.hypernetwork=") for line in found)
    assert any(line.startswith("model.inverters.w_encoder=") for line in found)


@pytest.mark.parametrize("chosen", [["segmenter=mediapipe"], []])
def test_what_a_bundle_picks_can_be_overridden(tmp_path: Path, chosen: list[str]) -> None:
    found = problems(["model=ffhq", NONE_OF_THE_PACKAGE, *chosen])
    assert any("79999_iter" in line for line in found) == (not chosen)


def test_several_recognisers_are_spelled_out_with_their_files() -> None:
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        cfg = compose("run", overrides=["model=mini", "metrics.identity=[dlib,faceres]"])
        assert compose("run", overrides=["model=mini"]).metrics.recognisers is None
    assert [one._target_.rpartition(".")[2] for one in cfg.metrics.recognisers] == ["DlibIdentity", "FaceResIdentity"]
    assert Path(cfg.metrics.recognisers[1].weights).is_file()
    with_faceres = weight_files(cfg)
    assert any(key.startswith("metrics.recognisers") for key in with_faceres)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("metrics.identity=[dlib,faces]", "metrics.identity=[dlib,faces]: 'faces' is no option of identity"),
        ("metrics.identity=[dlib,dlib]", "metrics.identity=[dlib,dlib]: one is named twice"),
        ("identity=[dlib,faceres]", "several recognisers are metrics.identity=[dlib,faceres]"),
    ],
)
def test_a_mistake_about_recognisers_is_one_sentence(typed: str, said: str) -> None:
    [line] = problems(["model=mini", typed])
    assert said in line


@pytest.mark.parametrize("chosen", ["metrics=default", "metrics=brief", "metrics=none", "metrics=ground_truth"])
def test_the_metrics_take_the_recogniser_of_the_run_unless_several_are_named(chosen: str) -> None:
    schema.register()
    with initialize_config_dir(str(schema.config_folder()), version_base="1.3"):
        own, both = (
            Builder(compose("run", overrides=["model=mini", "identity=mobileface", *more])).stage("metrics")
            for more in ([chosen], ["metrics.identity=[faceres,mobileface]"])
        )
    assert len(own.recognisers) == 1
    assert own.recognisers[0].name == both.recognisers[1].name != both.recognisers[0].name
