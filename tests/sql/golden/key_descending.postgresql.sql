SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE c.id < (SELECT ?) ORDER BY c.id DESC LIMIT 101
-- 1: "D"
-- exact
