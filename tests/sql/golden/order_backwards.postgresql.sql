SELECT i.id FROM soda_i_11 i ORDER BY i.v1 DESC, i.v2 DESC, i.id LIMIT ?
-- 1: 101
-- exact
