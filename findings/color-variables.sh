#!/bin/sh
# Guess: NO_COLOR turns colour off and FORCE_COLOR turns it on; FORCE_COLOR=0 turns it off, as Node documents; of both,
#   NO_COLOR counts.
# What happens: click 8.5.1, loguru 0.7.3, colorful 0.5.8, yachalk 0.1.8 and chalk 5.6.2 do not read NO_COLOR. With FORCE_COLOR=0 rich 15.0.0,
#   termcolor 3.3.0, colorlog 6.12.0, blessed 1.52.0, picocolors 1.1.1 and colorette 2.0.20 write colour, even into a pipe;
#   Node's own styleText, chalk, yachalk and kleur 4.1.5 do not. With both variables colorlog and Node write colour (and
#   yachalk and chalk, which read only one); rich, termcolor, blessed, picocolors, kleur and colorette write none.
# Why it matters: a CI job that sets FORCE_COLOR=0 to keep its log plain gets escape sequences from half of its tools; one
#   that sets both gets them from the other half.
# Source: run here. NO_COLOR: https://no-color.org; FORCE_COLOR: `node --help` and https://force-color.org.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q rich==15.0.0 click==8.5.1 termcolor==3.3.0 colorlog==6.12.0 loguru==0.7.3 yachalk==0.1.8 \
  blessed==1.52.0 colorful==0.5.8 2> pip.log
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund chalk@5.6.2 picocolors@1.1.1 kleur@4.1.5 colorette@2.0.20 > npm.log
cat > colors.py <<'P'
import os
import pty
import subprocess
import sys

PYTHON = {
    "rich": "from rich.console import Console; Console().print('[red]x[/red]')",
    "click": "import click; click.echo(click.style('x', fg='red'))",
    "termcolor": "import termcolor; print(termcolor.colored('x', 'red'))",
    "colorlog": "import colorlog, logging, sys; handler = colorlog.StreamHandler(sys.stdout); "
    "handler.setFormatter(colorlog.ColoredFormatter('%(log_color)sx', stream=sys.stdout)); "
    "logger = logging.getLogger('a'); logger.addHandler(handler); logger.error('x')",
    "loguru": "import sys; from loguru import logger; logger.remove(); "
    "logger.add(sys.stdout, format='<red>x</red>'); logger.info('x')",
    "yachalk": "from yachalk import chalk; print(chalk.red('x'))",
    "blessed": "import blessed; print(blessed.Terminal().red('x'))",
    "colorful": "import colorful; print(colorful.red('x'))",
}
NODE = {
    "Node": "const { styleText } = require('node:util'); "
    "console.log(styleText('red', 'x', { stream: process.stdout, validateStream: true }))",
    "chalk": "import('chalk').then(({ default: chalk }) => console.log(chalk.red('x')))",
    "picocolors": "console.log(require('picocolors').red('x'))",
    "kleur": "console.log(require('kleur').red('x'))",
    "colorette": "console.log(require('colorette').red('x'))",
}
COMMANDS = {name: [sys.executable, "-c", code] for name, code in PYTHON.items()}
COMMANDS |= {name: ["node", "-e", code] for name, code in NODE.items()}
UNSET = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "CI", "GITHUB_ACTIONS", "PY_COLORS"}


def has_color(command, variables, terminal):
    environ = {name: value for name, value in os.environ.items() if name not in UNSET}
    environ |= {"TERM": "xterm-256color", **variables}
    if not terminal:
        return b"\x1b[" in subprocess.run(command, env=environ, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
    primary, secondary = pty.openpty()
    process = subprocess.Popen(command, env=environ, stdin=secondary, stdout=secondary, stderr=secondary)
    os.close(secondary)
    output = b""
    while True:
        try:
            part = os.read(primary, 4096)
        except OSError:
            break
        if not part:
            break
        output += part
    process.wait()
    os.close(primary)
    return b"\x1b[" in output


for name, command in COMMANDS.items():
    print(
        f"{name}: terminal {has_color(command, {}, True)},",
        f"with NO_COLOR=1 {has_color(command, {'NO_COLOR': '1'}, True)};",
        f"pipe {has_color(command, {}, False)},",
        f"with FORCE_COLOR=0 {has_color(command, {'FORCE_COLOR': '0'}, False)},",
        f"with both {has_color(command, {'FORCE_COLOR': '1', 'NO_COLOR': '1'}, False)}",
    )
P
venv/bin/python colors.py 2> errors > seen
cat seen
cat > expected <<'T'
rich: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both False
click: terminal True, with NO_COLOR=1 True; pipe False, with FORCE_COLOR=0 False, with both False
termcolor: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both False
colorlog: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both True
loguru: terminal True, with NO_COLOR=1 True; pipe False, with FORCE_COLOR=0 False, with both False
yachalk: terminal True, with NO_COLOR=1 True; pipe False, with FORCE_COLOR=0 False, with both True
blessed: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both False
colorful: terminal True, with NO_COLOR=1 True; pipe False, with FORCE_COLOR=0 False, with both False
Node: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 False, with both True
chalk: terminal True, with NO_COLOR=1 True; pipe False, with FORCE_COLOR=0 False, with both True
picocolors: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both False
kleur: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 False, with both False
colorette: terminal True, with NO_COLOR=1 False; pipe False, with FORCE_COLOR=0 True, with both False
T
diff expected seen
