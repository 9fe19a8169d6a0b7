SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE c.seq = w.seq AND (w.parsed @@ CAST(? AS jsonpath) OR w.parsed IS NULL) AND (w.seq + 0) > ? ORDER BY (w.seq + 0) LIMIT ?
-- 1: "exists($.\"a\".\"b\" ? (@ == \"red\"))"
-- 2: 17
-- 3: 64
SELECT count(*) FROM (SELECT 1 FROM soda_t_14 w WHERE (w.parsed @@ CAST(? AS jsonpath) OR w.parsed IS NULL) LIMIT ?) x
-- 1: "exists($.\"a\".\"b\" ? (@ == \"red\"))"
-- 2: 2000
SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT c.id, c.seq FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE c.seq = w.seq AND (w.parsed @@ CAST(? AS jsonpath) OR w.parsed IS NULL) ORDER BY c.id || '' LIMIT ?) k CROSS JOIN soda_c_7 c WHERE c.seq = k.seq ORDER BY k.id
-- 1: "exists($.\"a\".\"b\" ? (@ == \"red\"))"
-- 2: 64
SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE c.seq = w.seq AND (w.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE AND (w.seq + 0) > ? ORDER BY (w.seq + 0) LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 0
-- 3: 64
SELECT c.seq, c.id, c.bytes, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE c.seq = w.seq AND (w.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE AND w.seq > ? ORDER BY w.seq LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 17
-- 3: 64
SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_t_14 w CROSS JOIN soda_c_7 c WHERE c.seq = w.seq AND (w.parsed @@ CAST(? AS jsonpath)) IS NOT FALSE ORDER BY c.id LIMIT ?
-- 1: "exists($.\"b\" ? (@ > 3))"
-- 2: 64
INSERT INTO soda_t_14(seq, t, parsed) VALUES ((SELECT c.seq FROM soda_c_7 c WHERE c.id = ?), string_to_array(?, ' '), CAST(? AS jsonb))
-- 1: "k1"
-- 2: "7"
-- 3: "{\"a\":7}"
UPDATE soda_t_14 SET t = string_to_array(?, ' '), parsed = CAST(? AS jsonb) WHERE seq = (SELECT c.seq FROM soda_c_7 c WHERE c.id = ?)
-- 1: "7"
-- 2: NULL
-- 3: "k1"
