UPDATE soda_t_14 SET t = ? WHERE rowid = (SELECT c.seq FROM soda_c_7 c WHERE c.id = ?)
-- 1: "red wine "
-- 2: "k1"
