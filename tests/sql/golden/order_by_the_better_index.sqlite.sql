SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_13 i CROSS JOIN soda_c_7 c WHERE c.id = i.id ORDER BY i.v1, i.id LIMIT ?
-- 1: 26
-- exact
