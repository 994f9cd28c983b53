"""A drawing as a PNG, with the vendored faces, and the compiler's own for other scripts: the same bytes everywhere."""

from typing import Final

from bot.documents.typeface import FONTS
from bot.documents.typesetting import compiling

PIXEL: Final = 96
"""Of a drawing's pixels, so many make an inch."""
PAGE: Final = b"""#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg")
"""


def png(svg: str, scale: float = 1) -> bytes:
    """`scale` pixels for each one of the drawing. Nothing in it is read as anything but a picture."""
    import typst  # 80 MB of compiler: loaded when a picture is asked for

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])
    compiler = typst.Compiler(PAGE, root=FONTS, font_paths=fonts, sys_inputs={"drawing": svg})
    with compiling():
        drawn = compiler.compile(format="png", ppi=PIXEL * scale)
    assert isinstance(drawn, bytes)  # one page
    return drawn
