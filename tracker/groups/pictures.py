"""The square that a phone's camera reads."""

import segno

from course.markdown import Html

__all__ = ["qr_svg"]


def qr_svg(address: str) -> Html:
    """As SVG to stand in a page, black on white in both colour schemes: some cameras read nothing else.

    The style sheet adds to the quiet zone around it, which is four squares in all."""
    code = segno.make(address, micro=False, error="m")
    svg: str = code.svg_inline(
        scale=8, border=2, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return Html(svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))
