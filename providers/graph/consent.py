"""Microsoft's log-in."""

from typing import Final

from providers.oauth import Client, OAuthConsent

HOME: Final = "https://login.microsoftonline.com"
SCOPE: Final = "offline_access Calendars.ReadWrite"


def consent(*, client_id: str, client_secret: str, login_url: str | None = None) -> OAuthConsent:
    """Let owners of any Microsoft account consent, at work or at home."""
    base = (login_url or HOME).rstrip("/") + "/common/oauth2/v2.0"
    return OAuthConsent(
        Client(
            vendor="graph",
            client_id=client_id,
            client_secret=client_secret,
            authorize_url=f"{base}/authorize",
            token_url=f"{base}/token",
            scope=SCOPE,
            more={"response_mode": "query", "prompt": "select_account"},
        )
    )
