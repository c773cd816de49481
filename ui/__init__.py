"""The Gradio app: one file per tab, one for rendering citations, one stylesheet.

Gradio reads these variables when it is first imported, so they are set here, before any module of the package can
import it. They are forced, not defaulted: the page promises to fetch nothing from outside.
"""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
