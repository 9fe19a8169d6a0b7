DELETE FROM soda_t_14 WHERE seq = (SELECT c.seq FROM soda_c_7 c WHERE c.id = ?)
-- 1: "k1"
