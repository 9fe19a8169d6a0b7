SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id, i.v1 AS s1, i.v2 AS s2 FROM soda_i_11 i ORDER BY i.v1 DESC, i.v2 DESC, i.id LIMIT 101) k CROSS JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.s1 DESC, k.s2 DESC, k.id
-- exact
