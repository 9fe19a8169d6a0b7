SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE c.id IN (?, ?, ?, ?) ORDER BY c.id LIMIT ?
-- 1: "x"
-- 2: "y"
-- 3: "z"
-- 4: "z"
-- 5: 101
-- exact
