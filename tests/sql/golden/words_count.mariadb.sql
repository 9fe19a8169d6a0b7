SELECT count(*) FROM (SELECT 1 FROM soda_t_14 w WHERE w.word = ? AND EXISTS (SELECT 1 FROM soda_t_14 x WHERE x.seq = w.seq AND x.word = ?) AND EXISTS (SELECT 1 FROM soda_t_14 x WHERE x.seq = w.seq AND x.word = ?) LIMIT ?) x
-- 1: -8509061004729728484
-- 2: 775207407765167617
-- 3: -6476160912513244332
-- 4: 2000
