"""Symbols drawn with a mouse become files in a folder, as a person makes them."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect


def test_a_symbol_is_drawn_named_and_kept(run_notebook, tmp_path):
    folder = tmp_path / "symbols"
    page = run_notebook(
        [f"from gan_lib.widgets.symbol_maker import SymbolMaker\nSymbolMaker({str(folder)!r})"]
    )
    panel = page.locator(".gan-panel").first
    sheet = panel.get_by_role("img", name="The drawings that were kept")
    empty = sheet.get_attribute("src")
    box = panel.locator("canvas").bounding_box()
    for count, name in enumerate(("star", "moon"), start=1):
        page.mouse.move(box["x"] + 40, box["y"] + 40 + 10 * count)
        page.mouse.down()
        page.mouse.move(box["x"] + 150, box["y"] + 120, steps=8)
        page.mouse.up()
        panel.get_by_role("combobox").fill(name)
        page.keyboard.press("Tab")
        panel.get_by_role("button", name="Keep").click()
        expect(panel.get_by_text(re.compile(rf"{count} kept"))).to_be_visible()
        expect(sheet).not_to_have_attribute("src", empty)
    assert sorted(path.parent.name for path in folder.glob("*/001.png")) == ["moon", "star"]
    panel.get_by_role("button", name="Take back").click()
    expect(panel.get_by_text(re.compile("1 kept"))).to_be_visible()
    assert not (folder / "moon").exists()
    panel.get_by_role("button", name="Keep").click()
    expect(panel.get_by_text("There is nothing on the canvas yet")).to_be_visible()
