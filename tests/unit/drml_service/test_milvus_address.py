"""What the setting means, and whose a collection is."""

import pytest
from pydantic import ValidationError

from drml_service.milvus.address import Address
from drml_service.settings import Settings


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("milvus+http://milvus:19530", Address("http://milvus:19530", "drml")),
        ("milvus+https://10.0.0.1/Shop2", Address("https://10.0.0.1", "Shop2")),
        ("codes", None),
    ],
)
def test_a_setting_is_read(setting: str, address: Address | None) -> None:
    assert Address.of(Settings(vector_store=setting).vector_store, "drml") == address


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "milvus",
        "milvus+http://",
        "milvus+ftp://a",
        "milvus+http://a/b_c",
        "milvus+http://a/b/c",
        "codes ",
    ],
)
def test_another_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValidationError):
        Settings(vector_store=setting)


def test_a_collection_is_told_from_others() -> None:
    address = Address("http://m", "drml")
    name = address.collection("drml-20261123T101500Z", "0f" * 32)
    assert name == "drml_drml_20261123T101500Z_0f0f0f0f0f0f0f0f"
    assert address.is_own(name)
    assert address.is_own(name, ["other", "drml-20261123T101500Z"])
    assert not address.is_own(name, ["other", "drml-20261123T101500"])
    assert not address.is_own(name, [])
    assert not Address("http://m", "drm").is_own(name)
    assert not address.is_own("drml_something_else")
