"""Compare runs, or any two videos: `python eval.py runs='outputs/**'`. See docs/metrics.md for every number."""

from stitch_exp.app.main import evaluate

if __name__ == "__main__":
    evaluate()
