SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE AND c.seq > ? ORDER BY c.seq LIMIT ?
-- 1: "exists($.\"a\".\"b\" ? (@ == \"red\"))"
-- 2: 17
-- 3: 64
SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE ORDER BY c.id LIMIT ?
-- 1: "exists($.\"a\".\"b\" ? (@ == \"red\"))"
-- 2: 64
SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE AND (c.seq + 0) > ? ORDER BY (c.seq + 0) LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 0
-- 3: 64
SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE AND c.seq > ? ORDER BY c.seq LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 17
-- 3: 64
SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE (c.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE ORDER BY c.id LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 64
INSERT INTO soda_c_7(id, rev, version, created, modified, bytes, backslash, media, content, parsed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS jsonb))
-- 1: "k1"
-- 2: 1
-- 3: "v1"
-- 4: 1000
-- 5: 1000
-- 6: 9
-- 7: 3
-- 8: NULL
-- 9: "{\"a\":\"7\"}"
-- 10: "{\"a\":7}"
UPDATE soda_c_7 SET rev = rev + 1, version = ?, modified = ?, bytes = ?, backslash = ?, media = ?, content = ?, parsed = CAST(? AS jsonb) WHERE id = ? AND rev = ?
-- 1: "v1"
-- 2: 1000
-- 3: 9
-- 4: 3
-- 5: NULL
-- 6: "{\"a\":\"7\"}"
-- 7: "{\"a\":7}"
-- 8: "k1"
-- 9: 1
