"""The themes besides the usual one. Each colour of text is readable on every ground that it may stand on."""

from __future__ import annotations

from textual.theme import Theme

LIGHT = Theme(
    name="light",
    dark=False,
    primary="#0550ae",
    secondary="#57606a",
    accent="#6639ba",
    warning="#9a6700",
    error="#a40e26",
    success="#116329",
    foreground="#1f2328",
    background="#fafafa",
    surface="#f0f1f3",
    panel="#e4e7eb",
    variables={
        "surface-lighten-1": "#e1e7ee",
        "surface-lighten-2": "#d6dee8",
        "text-primary": "#0550ae",
        "text-secondary": "#454c54",
        "text-accent": "#6639ba",
        "text-warning": "#6f4600",
        "text-error": "#a40e26",
        "text-success": "#0d5523",
        "text-muted": "#4b535c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#d6e4f5",
        "block-cursor-blurred-foreground": "#1f2328",
        "input-selection-background": "#b6d6fb",
        "screen-selection-background": "#b6d6fb",
    },
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#5fc8ff",
    secondary="#b0d8ff",
    accent="#ffb3ff",
    warning="#ffd75f",
    error="#ff9e9e",
    success="#7cff9b",
    foreground="#ffffff",
    background="#000000",
    surface="#0c0c0c",
    panel="#1a1a1a",
    variables={
        "surface-lighten-1": "#1f1f1f",
        "surface-lighten-2": "#2c2c2c",
        "text-primary": "#8fd9ff",
        "text-secondary": "#b0d8ff",
        "text-accent": "#ffb3ff",
        "text-warning": "#ffd75f",
        "text-error": "#ffb0b0",
        "text-success": "#7cff9b",
        "text-muted": "#d6d6d6",
        "block-cursor-background": "#ffffff",
        "block-cursor-foreground": "#000000",
        "input-selection-background": "#002f5c",
        "screen-selection-background": "#002f5c",
    },
)
THEMES = (LIGHT, HIGH_CONTRAST)
