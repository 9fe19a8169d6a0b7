SELECT count(*) FROM (SELECT 1 FROM soda_t_14 w WHERE w.t @> string_to_array(?, ' ') LIMIT ?) x
-- 1: "red é wine"
-- 2: 2000
