"""Make the README's picture of a report: the first screen of the monthly themes report on the invented authority.

    python docs/pictures/make_pictures.py        # needs Chromium on the path
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1100, 1330
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main() -> None:
    browser = next((b for b in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if b), None)
    if browser is None:
        sys.exit("Chromium is not on the path; install it (Debian: apt-get install chromium).")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "qa_analysis", "run", "monthly_themes", "--data", "data/example", "--profile",
                        "manchester", "--period", "2019-09", "--out", folder], check=True, cwd=HERE.parents[1])
        shot = Path(folder) / "shot.png"
        page = Path(folder) / "2019-09" / "monthly_themes.html"
        subprocess.run([browser, *FLAGS, f"--user-data-dir={folder}/browser", f"--window-size={WIDTH},{HEIGHT}",
                        f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True)
        picture = Image.open(shot).convert("RGB")
    picture.quantize(48, dither=Image.Dither.NONE).save(HERE / "monthly_themes.png", optimize=True)


if __name__ == "__main__":
    main()
