"""params.yaml -> typed, validated settings.

Every value comes from the file: there are no defaults here, so this package decides what is allowed but
never what is used, and no stage needs to rerun when it changes. What stands below a setting is its
description: on the page of parameters, and in editors, by params.schema.json.
"""

from saddle.config.settings import Settings, load_settings, settings_of

__all__ = ["Settings", "load_settings", "settings_of"]
