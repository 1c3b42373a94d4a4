"""The Bicep files fit together, as far as can be told without Azure: they are parsed, not compiled."""

import re

import pytest

from tests.infra.bicep import INFRA, mistakes, parameter_files, read, templates

TYPES = read("modules/types.bicep").types


@pytest.mark.parametrize("name", [*templates(), *parameter_files()])
def test_every_file_is_bicep(name: str):
    assert [*mistakes(read(name).root)] == []


@pytest.mark.parametrize("name", templates())
def test_every_parameter_says_what_it_is_for(name: str):
    assert read(name).undescribed - {"queueUri", "tableUri"} == set()  # described with blobUri


@pytest.mark.parametrize("name", templates())
def test_every_name_that_is_used_is_declared(name: str):
    assert read(name).unknown == set()


@pytest.mark.parametrize("name", templates())
def test_nothing_is_declared_for_nobody(name: str):
    template = read(name)

    unused = {each for each in template.declared if len(re.findall(rf"\b{each}\b", template.code)) < 2}

    assert unused - {"alerts"} == set()  # a module that others need nothing of


@pytest.mark.parametrize("symbol", sorted(read("main.bicep").modules))
def test_a_module_is_given_what_it_needs_and_nothing_else(symbol: str):
    module = read("main.bicep").modules[symbol]
    parameters = read(module.path.relative_to(INFRA).as_posix()).parameters

    assert {name for name, needed in parameters.items() if needed} <= module.given <= set(parameters)


def test_every_module_is_used():
    used = {module.path.name for module in read("main.bicep").modules.values()}

    assert used | {"types.bicep"} == {path.name for path in (INFRA / "modules").iterdir()}


def test_every_output_that_is_asked_for_is_there():
    main = read("main.bicep")

    asked = set(re.findall(r"\b(\w+)!?\.outputs\.(\w+)", main.code))
    there = {
        (symbol, output)
        for symbol, module in main.modules.items()
        for output in read(module.path.relative_to(INFRA).as_posix()).outputs
    }

    assert asked <= there


@pytest.mark.parametrize("name", parameter_files())
def test_an_environment_gives_every_parameter_that_has_no_default_and_knows_no_other(name: str):
    given, parameters = set(read(name).variables), read("main.bicep").parameters

    assert {each for each, needed in parameters.items() if needed} <= given <= set(parameters)


@pytest.mark.parametrize("name", parameter_files())
@pytest.mark.parametrize("system", ["bigCommerce", "dataverse", "flexe", "sap", "inventory"])
def test_an_environment_gives_every_setting_of_a_system(name: str, system: str):
    fields = re.findall(r"(?m)^  (\w+):", read(name).code.split(f"param {system} = {{")[1].split("\n}")[0])

    assert set(fields) == TYPES[f"{system}Settings"]


def test_there_is_no_key_anywhere():
    code = "\n".join(read(name).code for name in templates())

    assert "allowSharedKeyAccess: false" in read("modules/storage.bicep").code
    assert not re.findall(r"listKeys|AccountKey|sharedKey:|accessPolicies|@secure", code)


def test_every_resource_of_one_kind_has_one_api_version():
    code = "\n".join(read(name).code for name in templates())

    kinds = [tuple(each) for each in re.findall(r"'(Microsoft\.[\w.]+/\w+)[\w/]*@([\w-]+)'", code)]

    assert len({kind for kind, _ in kinds}) == len(set(kinds))
