"""The shell's completion, installed as the README says and asked as bash asks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
# What pip makes of the package's entry point.
PROGRAM = f"""#!{sys.executable}
from diversity_client.command.main import main
main()
"""
ASK = """
source "$HOME/.bashrc"
COMP_WORDS=(diversity hi); COMP_CWORD=1; _diversity_completion diversity; echo "${COMPREPLY[@]}"
COMP_WORDS=(diversity divergent --ban); COMP_CWORD=2; _diversity_completion diversity; echo "${COMPREPLY[@]}"
complete -p diversity
"""


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes_commands_and_options_once_it_is_installed(tmp_path: Path) -> None:
    program = tmp_path / "bin/diversity"
    program.parent.mkdir()
    program.write_text(PROGRAM)
    program.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    surroundings = {**os.environ, "HOME": str(home), "PATH": f"{program.parent}:{os.environ['PATH']}"}

    def bash(script: str) -> str:
        command = [str(BASH), "--norc", "-c", script]
        ended = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    # The shell is found by looking who called, so something has to follow in the same shell.
    assert "bash completion installed" in bash("diversity --install-completion; exit $?")
    commands, options, registered = bash(ASK).splitlines()
    assert (commands, options) == ("history", "--band")
    assert "-o default" in registered  # file names, where neither fits
