DELETE FROM soda_t_14 WHERE seq = ?
-- 1: 17
