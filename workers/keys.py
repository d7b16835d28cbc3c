"""The keys that seal: the operator's, or outside production some of our own making."""

import base64
import os
import secrets

from config.settings import Settings
from domain.sealing import Keyring


def keyring(settings: Settings) -> Keyring:
    """Return the keys; outside production they are made once and kept in FRONTDESK_HOME.

    Two processes that start at once make one key: the file is linked into place, whole.
    """
    if settings.encryption_keys is not None:
        return Keyring.parse(settings.encryption_keys.get_secret_value())
    kept = settings.home.path / "encryption-keys"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{kept.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n", "ascii")
        try:
            kept.hardlink_to(draft)
        except FileExistsError:
            pass  # somebody was faster; theirs counts
        finally:
            draft.unlink()
    return Keyring.parse(kept.read_text("ascii").strip())
