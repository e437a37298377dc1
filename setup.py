"""The packages of the wheel. Everything else about the build is in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    # The folder of seeds stands at the top of the tree and is installed as a package inside of ours.
    packages=[*find_packages(include=["tiledesk_mock", "tiledesk_mock.*"]), "tiledesk_mock.fixtures"],
    package_dir={"tiledesk_mock.fixtures": "fixtures"},
)
