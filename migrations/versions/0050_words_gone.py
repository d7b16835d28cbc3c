"""A call whose template or campaign is deleted is not dialled without it."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

# A deleted row lets go of those that named it, here by its foreign key. What a person takes off
# a call by hand still stands, and changes nothing else.
GONE = """
CREATE FUNCTION call_queue_lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.template_id IS NULL AND OLD.template_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM call_templates t WHERE t.id = OLD.template_id) THEN
    NEW.status := 'failed';
    NEW.outcome := 'refused';
    NEW.last_error := 'its template was deleted: nothing says what the call is about';
  ELSIF NEW.campaign_id IS NULL AND OLD.campaign_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM call_campaigns c WHERE c.id = OLD.campaign_id) THEN
    NEW.status := 'canceled';
    NEW.last_error := 'its campaign was deleted';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE UPDATE OF template_id, campaign_id ON call_queue
    FOR EACH ROW WHEN (OLD.status = 'queued') EXECUTE FUNCTION call_queue_lose();

CREATE FUNCTION call_campaigns_lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM call_templates t WHERE t.id = OLD.template_id) THEN
    NEW.status := 'paused';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lose BEFORE UPDATE OF template_id ON call_campaigns
    FOR EACH ROW WHEN (OLD.status = 'running' AND OLD.template_id IS NOT NULL
                       AND NEW.template_id IS NULL)
    EXECUTE FUNCTION call_campaigns_lose()
"""
BACK = """
DROP TRIGGER lose ON call_campaigns;
DROP FUNCTION call_campaigns_lose();
DROP TRIGGER lose ON call_queue;
DROP FUNCTION call_queue_lose()
"""


def upgrade() -> None:
    op.execute(GONE)


def downgrade() -> None:
    op.execute(BACK)
