"""Counts the frames of the dashboard's map while it turns, over the map in artifacts/ and 200 invented deals, in a real Chromium.

    uv run python -m bench.map_frames [--seconds 5]

Chromium draws by SwiftShader, on the processor: a lower bound for any machine with a graphics card. The peer is the same map drawn
on a canvas without WebGL. `submit`: the script's own work for a frame; `finished`: until its pixels are there; `pick`: what lies
under a pointer; milliseconds. The last line is one JSON object.
"""

import argparse
import json
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from common.settings import artifacts_dir
from dashboard.models.product_map import FOLDER
from tests.browser import opened_chromium, size
from tests.e2e.dashboard_site import Site
from tests.unit.dashboard.fakes import opportunity
from tests.waiting import until

DEALS = 200
WIDTH, HEIGHT = 1440, 900  # of a laptop
FRAMES = """
const [seconds, done] = arguments;
const wait = () => new Promise(requestAnimationFrame);
const middle = (values) => Math.round(values.sort((a, b) => a - b)[values.length >> 1] * 100) / 100;
import("/static/map/map.js").then(async ({ draw, scene, state }) => {
  const { projector } = await import("/static/map/camera.js");
  const { nearest } = await import("/static/map/scene.js");
  const canvas = document.querySelector("#map canvas");
  const gl = canvas.dataset.drawn === "webgl" && canvas.getContext("webgl2");
  const [submit, finished, pick] = [[], [], []];
  const begin = performance.now();
  let frames = 0;
  while (performance.now() - begin < seconds * 1000) {
    await wait();
    state().view.yaw += 0.01;
    const start = performance.now();
    draw();
    submit.push(performance.now() - start);
    frames += 1;
  }
  const took = (performance.now() - begin) / 1000;
  for (let i = 0; i < 40; i += 1) {
    state().view.yaw += 0.01;
    const start = performance.now();
    draw();
    if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    finished.push(performance.now() - start);
    const { points, isSpace, width, height } = scene();
    const asked = performance.now();
    nearest(points, projector(isSpace, width, height), { left: 10 * i, top: 200, within: 14 }, () => true);
    pick.push(performance.now() - asked);
  }
  done({ drawn: canvas.dataset.drawn, points: state().points.count, frames_a_second: Math.round(frames / took * 10) / 10,
         submit: middle(submit), finished: middle(finished), pick: middle(pick) });
}).catch((error) => done({ error: String(error) }));
"""


def measure(site: Site, seconds: float, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is said of the map, flat and in space."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, opened_chromium(Path(folder), options) as browser:
        size(browser, WIDTH, HEIGHT)
        browser.set_script_timeout(60 + seconds)
        browser.get(f"{site.url}/map")
        for name in ("flat", "space"):
            browser.execute_script(f"document.querySelector('[value={name}]').click()")
            until(partial(_is_ready, browser, name))
            found[name] = browser.execute_async_script(FRAMES, seconds)
    return found


def _is_ready(browser: Any, name: str) -> bool:
    shows, deals = browser.execute_script("const { shows, deals } = document.getElementById('map').dataset; return [shows, deals]")
    return bool(shows == name and deals == str(DEALS))


def main() -> None:
    """Both ways of drawing, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="of turning, for each")
    seconds = parser.parse_args().seconds
    site = Site()
    try:
        site.world.map = json.loads((artifacts_dir() / FOLDER / "meta.json").read_text(encoding="utf-8"))["version"]
        site.world.opportunities = [opportunity(n, title=f"Thing number {n}") for n in range(DEALS)]
        told = {"webgl": measure(site, seconds), "plain": measure(site, seconds, ("--disable-3d-apis",))}
    finally:
        site.close()
    print(json.dumps(told | {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
