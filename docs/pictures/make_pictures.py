"""Make the pictures of the README and docs: the first screen of every notebook's report on the invented authority.

    make pictures                                                # needs Chromium on the path
    python docs/pictures/make_pictures.py monthly_themes         # one of them
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from qa_analysis.report import declared_parameters

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WIDTH, HEIGHT = 1100, 1330
MOST_BYTES = 100_000
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main() -> None:
    browser = next((b for b in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if b), None)
    if browser is None:
        sys.exit("Chromium is not on the path; install it (Debian: apt-get install chromium).")
    wanted = sys.argv[1:] or sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb"))
    for name in wanted:
        picture = first_screen(browser, name)
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} KB")


def first_screen(browser: str, name: str) -> Path:
    """The picture of a report with the parameters its notebook declares, in as many colours as keep it small."""
    period = str(declared_parameters(ROOT / "notebooks" / f"{name}.ipynb")["period"]["default"]).strip("'\"")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "qa_analysis", "run", name, "--data", "data/example", "--profile", "manchester",
                        "--period", period, "--audience", "board", "--out", folder], check=True, cwd=ROOT, capture_output=True)
        (page,) = Path(folder).glob(f"*/{name}.html")
        shot = Path(folder) / "shot.png"
        subprocess.run([browser, *FLAGS, f"--user-data-dir={folder}/browser", f"--window-size={WIDTH},{HEIGHT}",
                        f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True)
        screen = Image.open(shot).convert("RGB")
    picture = HERE / f"{name}.png"
    for colours in (48, 32, 24, 16):
        screen.quantize(colours, dither=Image.Dither.NONE).save(picture, optimize=True)
        if picture.stat().st_size < MOST_BYTES:
            break
    return picture


if __name__ == "__main__":
    main()
