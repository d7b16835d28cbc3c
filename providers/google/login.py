"""Google's log-in."""

from typing import Final

from providers.oauth import Client, OAuthConsent

ACCOUNTS: Final = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS: Final = "https://oauth2.googleapis.com/token"
SCOPES: Final = (
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    "https://www.googleapis.com/auth/calendar.freebusy",
)


def consent(*, client_id: str, client_secret: str, base_url: str | None = None) -> OAuthConsent:
    """Let owners of a Google account consent; asked anew, or Google gives no refresh token."""
    base = base_url.rstrip("/") if base_url else None
    return OAuthConsent(
        Client(
            vendor="google",
            client_id=client_id,
            client_secret=client_secret,
            authorize_url=f"{base}/o/oauth2/v2/auth" if base else ACCOUNTS,
            token_url=f"{base}/token" if base else TOKENS,
            scope=" ".join(SCOPES),
            more={"access_type": "offline", "prompt": "consent"},
        )
    )
