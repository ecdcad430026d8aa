"""Who may import whom, and which technology lives in which room; each rule is seen to catch a breach."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.sources import PACKAGES, ROOT, Module, modules

# Never service → service, never gateway → service, never job → job; a job may use its service's network and
# what prepares that network's input.
SHELL = {"diversity_contracts", "diversity_view"}
MAY_IMPORT = {
    "diversity_contracts": set[str](),
    "diversity_view": {"diversity_contracts"},
    "diversity_gateway": {"diversity_contracts"},
    "drml_service": SHELL,
    "caption_service": SHELL,
    "drml_job": SHELL | {"drml_service", "job_kit"},
    "caption_job": SHELL | {"caption_service", "job_kit"},
    "job_kit": set[str](),
    "demo": set[str](),
    "diversity_client": set[str](),  # to be installed alone
}
JOBS = {"drml_job/*", "caption_job/*"}
GATEWAY_RIM = {
    f"diversity_gateway/{name}"
    for name in (
        "app", "main", "routes/*", "parts", "parameters", "problem_handlers",
        "image_path", "overload", "request_context", "timing",
    )
}  # fmt: skip
VIEW_RIM = {
    *(
        f"diversity_view/{name}"
        for name in (
            "answering", "app", "describing", "openapi", "parts", "problem_handlers", "reading",
            "request_log", "server", "view_routes",
        )
    ),
    "drml_service/app",
    "drml_service/routes",
    "caption_service/app",
    "caption_service/routes",
}  # fmt: skip
# A technology, and the only modules that may import it.
ROOMS = {
    "fastapi": GATEWAY_RIM | VIEW_RIM,
    "starlette": GATEWAY_RIM | VIEW_RIM,
    "uvicorn": {"diversity_gateway/main", "diversity_gateway/connections", "diversity_view/server"},
    "httptools": {"diversity_gateway/one_connection"},
    "httpx": {
        "job_kit/download",
        "caption_job/flickr8k",
        "demo/*",
        *(f"diversity_client/{name}" for name in ("async_client", "calls", "client", "exchange", "settings")),
    },
    "typer": {"diversity_client/command/*"},
    "rich": {"diversity_client/command/*"},
    "pyarrow": {"diversity_client/sources/table_files"},
    "sqlite3": {
        "diversity_gateway/catalogue",
        "diversity_gateway/catalogue_rows",
        "diversity_gateway/history_file",
        "diversity_gateway/database",
        "diversity_gateway/remembered",
        "diversity_gateway/archive/database_copy",
        "diversity_view/store",
        "diversity_view/store_file",
    },
    "torch": {
        "drml_service/network",
        "drml_service/torch_network",
        "drml_service/vision",
        *JOBS,
    },
    "torchvision": {"drml_service/vision"},
    "openvino": {
        "drml_service/openvino_graph",
        "drml_service/openvino_network",
        "drml_job/*",
        "caption_service/compiled_encoder",
        "caption_service/graph_from_keras",
        "caption_service/graph_layout",
        "caption_job/*",
    },
    "faiss": {"drml_service/index", "drml_job/*"},
    "pymilvus": {"drml_service/milvus/library"},
    "grpc": {"drml_service/milvus/client"},
    "numba": {"drml_service/compiled", "drml_service/settling", "drml_service/tile_products"},
    "llvmlite": {"drml_service/tile_products"},
    "redis": {"diversity_gateway/redis_store", "diversity_view/notices"},
    "pydantic_settings": {"diversity_gateway/settings", "diversity_view/settings"},
    "tensorflow": {"caption_service/encoder", "caption_job/*"},
    "keras": {
        "caption_service/encoder",
        "caption_service/graph_from_keras",
        "caption_service/network",
        "caption_service/lite_network",
        "caption_service/keras_weights",
        "caption_job/*",
    },
    "pickle": set[str](),
    "joblib": set[str](),
}
# Reading it anywhere else makes behaviour depend on what the composition root cannot see.
ENVIRONMENT = {
    "diversity_gateway/settings",
    "diversity_view/settings",
    "demo/processes",
    "diversity_client/settings",
    *JOBS,
}
SQL_WORDS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "PRAGMA ")


def foreign_imports(module: Module) -> Iterator[str]:
    for name in module.imports():
        top = name.partition(".")[0]
        if top in PACKAGES and top != module.package and top not in MAY_IMPORT[module.package]:
            yield f"{module.name} imports {name}"
        elif name.startswith("."):
            yield f"{module.name} imports by a relative name"


def technologies_out_of_place(module: Module) -> Iterator[str]:
    for name in module.imports():
        top = name.partition(".")[0]
        if top in ROOMS and not module.may(ROOMS[top]):
            yield f"{module.name} imports {name}"


def environment_out_of_place(module: Module) -> Iterator[str]:
    if module.may(ENVIRONMENT):
        return
    for node in ast.walk(module.tree):
        reads = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        takes = isinstance(node, ast.ImportFrom) and any(n.name in {"environ", "getenv"} for n in node.names)
        if reads or takes:
            yield f"{module.name}:{getattr(node, 'lineno', 0)} reads the environment"


def sql_out_of_place(module: Module) -> Iterator[str]:
    if module.may(ROOMS["sqlite3"]):
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith(SQL_WORDS)
        ):
            yield f"{module.name}:{node.lineno} holds SQL"


Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [
    foreign_imports,
    technologies_out_of_place,
    environment_out_of_place,
    sql_out_of_place,
]


@pytest.fixture(scope="module")
def shipped() -> list[Module]:
    return modules(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_module_breaks_the_rule(rule: Rule, shipped: list[Module]) -> None:
    assert [breach for module in shipped for breach in rule(module)] == []


def test_every_package_is_looked_at(shipped: list[Module]) -> None:
    assert {module.package for module in shipped} == set(PACKAGES)


@pytest.mark.parametrize(
    ("name", "text", "breaches"),
    [
        ("diversity_gateway/ranking", "import drml_service.search", ["imports drml_service.search"]),
        (
            "drml_service/engine",
            "def f():\n    from diversity_gateway import app",
            ["imports diversity_gateway"],
        ),
        ("diversity_contracts/wire", "from drml_job import train", ["imports drml_job"]),
        ("diversity_contracts/wire", "from diversity_view import store", ["imports diversity_view"]),
        ("diversity_gateway/app", "from diversity_view import lanes", ["imports diversity_view"]),
        ("diversity_view/feed", "import drml_service.table", ["imports drml_service"]),
        ("diversity_view/feed", "from fastapi import Request", ["imports fastapi"]),
        ("diversity_gateway/app", "from . import routes", ["relative name"]),
        ("diversity_gateway/ranking", "import httpx, fastapi", ["imports httpx", "imports fastapi"]),
        ("drml_service/search", "import torch.nn\nimport faiss", ["imports torch.nn", "imports faiss"]),
        ("diversity_gateway/entries", "from sqlite3 import connect", ["imports sqlite3"]),
        ("drml_job/train", "import pickle", ["imports pickle"]),
        ("caption_service/beam", "import keras", ["imports keras"]),
        (
            "drml_service/engine",
            "import keras, caption_service",
            ["imports caption_service", "imports keras"],
        ),
        ("caption_job/train", "from drml_job import train", ["imports drml_job"]),
        ("diversity_gateway/app", "import os\nx = os.environ['X']", ["reads the environment"]),
        ("diversity_gateway/app", "from os import getenv", ["reads the environment"]),
        ("diversity_gateway/app", "q = f'SELECT {1}'", ["holds SQL"]),
    ],
)
def test_a_breach_is_found(tmp_path: Path, name: str, text: str, breaches: list[str]) -> None:
    package, _, inner = name.partition("/")
    path = tmp_path / PACKAGES[package] / f"{inner}.py"
    path.parent.mkdir(parents=True)
    path.write_text(f'"""What lives here."""\n\n{text}')
    found = [breach for module in modules(tmp_path) for rule in RULES for breach in rule(module)]
    assert len(found) == len(breaches)
    assert all(expected in breach for expected, breach in zip(breaches, found, strict=True))


@pytest.mark.parametrize(
    "app", ["diversity_gateway.app", "diversity_view.app", "drml_service.app", "caption_service.app"]
)
def test_importing_an_app_loads_no_framework(app: str) -> None:
    frameworks = "{'torch', 'torchvision', 'tensorflow', 'keras', 'faiss', 'numba'}"
    code = f"import sys, {app}; print(sorted({frameworks} & sys.modules.keys()))"
    reply = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (reply.returncode, reply.stdout.strip()) == (0, "[]"), reply.stderr
