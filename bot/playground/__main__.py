"""Run the emulated Slack, Gorgias, Klaviyo and Shopify: `python -m bot.playground`."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from aiohttp import web

from bot.playground.gorgias import GorgiasEmulator
from bot.playground.marketing import MarketingEmulator
from bot.playground.slack import SlackEmulator
from bot.playground.slack.persistence import Keeper, write_at_once

_ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--slack-port", type=int, default=8090, help="0 for any free one")
    parser.add_argument("--gorgias-port", type=int, default=8091, help="0 for any free one")
    parser.add_argument("--marketing-port", type=int, default=8092, help="0 for any free one")
    parser.add_argument("--customers", type=Path, help="Shopify's customers export")
    parser.add_argument("--manifest", type=Path, default=_ROOT / "manifest.yml")
    parser.add_argument("--state", type=Path, help="folder that keeps the workspaces")
    parser.add_argument(
        "--hint", action="append", default=[], help="a customer's e-mail the page suggests"
    )
    asyncio.run(_run(parser.parse_args()))


async def _run(options: argparse.Namespace) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    gorgias = await _serve(_gorgias(options), options.host, options.gorgias_port)
    marketing = await _serve(_marketing(options), options.host, options.marketing_port)
    slack_app = _slack(options, _address(gorgias), _address(marketing))
    slack = await _serve(slack_app, options.host, options.slack_port)
    addresses = {
        "slack": _address(slack),
        "gorgias": _address(gorgias),
        "marketing": _address(marketing),
    }
    print(json.dumps(addresses), flush=True)  # noqa: T201 - what whoever started us waits for
    await stopping.wait()
    await asyncio.gather(slack.cleanup(), gorgias.cleanup(), marketing.cleanup())


def _slack(options: argparse.Namespace, gorgias: str, marketing: str) -> web.Application:
    emulator = SlackEmulator(
        options.manifest,
        options.state,
        gorgias=gorgias,
        marketing=marketing,
        hints=options.hint,
    )
    return emulator.make_app()


def _gorgias(options: argparse.Namespace) -> web.Application:
    return _kept(GorgiasEmulator(), options.state, "gorgias.json")


def _marketing(options: argparse.Namespace) -> web.Application:
    return _kept(MarketingEmulator(options.customers), options.state, "marketing.json")


def _kept(
    emulator: GorgiasEmulator | MarketingEmulator, folder: Path | None, name: str
) -> web.Application:
    """Serve an emulator that goes on where it was, if there is a folder to keep it in."""
    app = emulator.make_app()
    if folder is not None:
        path = folder / name
        if path.is_file():
            emulator.load(json.loads(path.read_text(encoding="utf-8")))
        keeper = Keeper(
            lambda: emulator.revision,
            lambda: write_at_once(path, json.dumps(emulator.dump()).encode()),
        )
        app.cleanup_ctx.append(keeper.run)
    return app


async def _serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


if __name__ == "__main__":
    main()
