CREATE TABLE `s"``'`.`x"``'); DROP TABLE victim; -- {?}` (
	`ax"``'); DROP TABLE victim; -- {?}` LONGTEXT COMMENT 'x"`''); DROP TABLE victim; -- {?}',
	`b` text COLLATE `C"; DROP TABLE victim` DEFAULT 'x''); DROP TABLE victim; --',
	`c` integer,
	CONSTRAINT `x"``'); DROP TABLE victim; -- {?}` CHECK (b <> ''') ; DROP TABLE victim; --')
) COMMENT 'x"`''); DROP TABLE victim; -- {?}';
CREATE INDEX `c` ON `s"``'`.`x"``'); DROP TABLE victim; -- {?}` (`b`(255));
-- column x"`'); DROP TABLE victim; -- {?}.ax"`'); DROP TABLE victim; -- {?}: has a type that cannot be read; another one is used: text); DROP TABLE victim; --
-- default of column x"`'); DROP TABLE victim; -- {?}.ax"`'); DROP TABLE victim; -- {?}: is no expression that is taken over: 0); DROP TABLE victim; --
-- column x"`'); DROP TABLE victim; -- {?}.c: was generated; becomes a plain column with the values that it had: 1) STORED); DROP TABLE victim; --
-- check k of x"`'); DROP TABLE victim; -- {?}: is no expression that is taken over: 1=1); DROP TABLE victim; --
-- index x"`'); DROP TABLE victim; -- {?} of x"`'); DROP TABLE victim; -- {?}: holds an expression that is not taken over: index x"`'); DROP TABLE victim; -- {?} (b) where b = '1' ; DROP TABLE victim
-- index e of x"`'); DROP TABLE victim; -- {?}: holds an expression that is not taken over: index e (b); DROP TABLE victim; --)
-- index k of x"`'); DROP TABLE victim; -- {?}: is a FULLTEXT INDEX x ON victim (a); -- index, of which not all is taken over: FULLTEXT INDEX x ON victim (a); -- index k (b)
-- index c of x"`'); DROP TABLE victim; -- {?}: is made plainly; it was USING btree (b); DROP TABLE victim: 
-- constraint x"`'); DROP TABLE victim; -- {?} of x"`'); DROP TABLE victim; -- {?}: excludes by what is not taken over: EXCLUDE USING gist (b WITH =); DROP TABLE victim; --
