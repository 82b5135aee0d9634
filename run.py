"""Edit the face in a video: `python run.py edit=age encoder=e4e`. See README.md for all settings."""

from stitch_exp.app.main import run

if __name__ == "__main__":
    run()
