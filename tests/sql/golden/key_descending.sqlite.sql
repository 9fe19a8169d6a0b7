SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE c.id < ? ORDER BY c.id DESC LIMIT ?
-- 1: "D"
-- 2: 101
-- exact
