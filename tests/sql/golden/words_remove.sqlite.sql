DELETE FROM soda_t_14 WHERE rowid = ?
-- 1: 17
