-- A small plumbing business with ninety days behind it, for trying things out. Bound: :user.
-- Numbers are of the range that is kept for fiction. History owes nothing: no message goes out.

INSERT INTO agents (user_id, agent_id, phone_number, nickname, status)
VALUES (:user, 'agent-demo', '+1999' || lpad((abs(hashtext(:word)::bigint) % 10000000)::text, 7, '0'),
        'Front desk', 'active');

INSERT INTO customers (user_id, name, phone, email, timezone, language)
SELECT :user, first || ' ' || last, '+1206555' || lpad((1000 + n)::text, 4, '0'),
    lower(first) || '.' || lower(last) || '@example.com', 'America/New_York', 'en'
FROM unnest(
    ARRAY['Ada', 'Bruno', 'Carmen', 'Dev', 'Elsa', 'Farid', 'Greta', 'Hana', 'Ivan', 'Jun', 'Kofi', 'Lena'],
    ARRAY['Berg', 'Castillo', 'Dahl', 'Eze', 'Fontaine', 'Grant', 'Haddad', 'Ito', 'Jensen', 'Khan', 'Lopez', 'Moreau']
) WITH ORDINALITY AS people (first, last, n);

INSERT INTO calls (user_id, customer_id, provider, provider_call_id, phone_number, call_type, status,
    duration, started_at, timezone, ai_processing_status, main_topic, call_summary, sentiment,
    urgency_level, cost)
SELECT :user, c.id, 'vapi', 'demo-' || :word || '-' || n, c.phone,
    CASE WHEN n % 9 = 0 THEN 'outbound' ELSE 'inbound' END,
    CASE WHEN n % 11 = 0 THEN 'no_answer' ELSE 'completed' END,
    CASE WHEN n % 11 = 0 THEN 0 ELSE 60 + (n * 37) % 300 END,
    date_trunc('hour', now()) - n * interval '11 hours', 'America/New_York', 'skipped',
    (ARRAY['a leaking tap', 'no hot water', 'a blocked drain', 'a price', 'a new boiler'])[1 + n % 5],
    'Asked about ' || (ARRAY['a leaking tap', 'no hot water', 'a blocked drain', 'a price', 'a new boiler'])[1 + n % 5] || '.',
    (ARRAY['positive', 'neutral', 'neutral', 'negative'])[1 + n % 4],
    (ARRAY['low', 'medium', 'medium', 'high', 'emergency'])[1 + n % 5],
    round(0.05 * (60 + (n * 37) % 300) / 60.0, 4)
FROM generate_series(1, 190) n
JOIN LATERAL (SELECT id, phone FROM customers WHERE user_id = :user
              ORDER BY name OFFSET n % 12 LIMIT 1) c ON true;

INSERT INTO events (user_id, call_id, customer_id, title, event_type, status, start_time, end_time,
    timezone, customer_name, location, location_type, source, price_estimate, currency, owes_nothing)
SELECT user_id, id, customer_id, initcap(main_topic),
    CASE WHEN urgency_level = 'emergency' THEN 'emergency' ELSE 'service_call' END,
    CASE WHEN began > now() THEN 'confirmed'
         WHEN place % 8 = 0 THEN 'cancelled' WHEN place % 13 = 0 THEN 'no_show' ELSE 'completed' END,
    began, began + interval '90 minutes', 'America/New_York', name,
    (10 + place) || ' Harbour Street', 'address', 'voice', 90 + (place * 13) % 200, 'USD', true
FROM (SELECT c.*, k.name, row_number() OVER (ORDER BY c.started_at) AS place,
             date_trunc('day', c.started_at) + interval '3 days 14 hours' AS began
      FROM calls c JOIN customers k ON k.id = c.customer_id
      WHERE c.user_id = :user AND c.status = 'completed' AND c.main_topic <> 'a price') booked;

INSERT INTO messages (user_id, event_id, customer_id, channel, to_number, body, status, provider,
    rule, segments, cost, currency, sent_at, delivered_at, created_at)
SELECT e.user_id, e.id, e.customer_id, 'sms', k.phone,
    'Your visit is booked for ' || to_char(e.start_time AT TIME ZONE e.timezone, 'FMDay FMDD FMMonth, HH24:MI') || '.',
    CASE WHEN row_number() OVER () % 17 = 0 THEN 'undelivered' ELSE 'delivered' END, 'twilio',
    'confirmation', 1, 0.0079, 'USD', c.started_at + interval '2 minutes',
    c.started_at + interval '3 minutes', c.started_at + interval '2 minutes'
FROM events e JOIN calls c ON c.id = e.call_id JOIN customers k ON k.id = e.customer_id
WHERE e.user_id = :user;

INSERT INTO leads (user_id, call_id, customer_id, name, phone, status, lead_type, summary, sentiment,
    call_duration_seconds, appointment_booked, created_at)
SELECT c.user_id, c.id, c.customer_id, k.name, k.phone,
    (ARRAY['new', 'contacted', 'booked', 'won', 'lost'])[1 + (row_number() OVER (ORDER BY c.id) % 5)::int],
    'consumer', c.call_summary, c.sentiment, c.duration, c.main_topic <> 'a price', c.started_at
FROM calls c JOIN customers k ON k.id = c.customer_id
WHERE c.user_id = :user AND c.call_type = 'inbound' AND c.main_topic IN ('a price', 'a new boiler');

INSERT INTO usage_calls (user_id, call_id, phone_number, direction, seconds, provider,
    provider_call_id, cost, currency, created_at)
SELECT user_id, id::text, phone_number, call_type, duration, provider, provider_call_id, cost, 'USD', started_at
FROM calls WHERE user_id = :user AND duration > 0;

INSERT INTO subscriptions (user_id, plan_id, tier, status, current_period_start, current_period_end)
SELECT :user, id, tier, 'active', date_trunc('month', now()), date_trunc('month', now()) + interval '1 month'
FROM subscription_plans WHERE tier = 'pro' LIMIT 1;

INSERT INTO usage_limits (user_id, tier, call_cap_seconds, call_used_seconds, sms_cap, sms_used,
    period_start, period_end)
SELECT :user, p.tier, p.minutes_limit * 60,
    (SELECT coalesce(sum(seconds), 0) FROM usage_calls
     WHERE user_id = :user AND created_at >= date_trunc('month', now())),
    p.sms_limit, 0, date_trunc('month', now()), date_trunc('month', now()) + interval '1 month'
FROM subscription_plans p WHERE p.tier = 'pro' LIMIT 1
