CREATE TABLE "x""`'); DROP TABLE victim; -- {?}" (
	"ax""`'); DROP TABLE victim; -- {?}" TEXT,
	"b" TEXT DEFAULT 'x''); DROP TABLE victim; --',
	"c" INTEGER,
	CONSTRAINT "x""`'); DROP TABLE victim; -- {?}" CHECK ("b" <> ''') ; DROP TABLE victim; --')
);
CREATE INDEX "x""`'); DROP TABLE victim; -- {?}_c" ON "x""`'); DROP TABLE victim; -- {?}" ("b");
-- default of column x"`'); DROP TABLE victim; -- {?}.ax"`'); DROP TABLE victim; -- {?}: is an expression of another engine: 0); DROP TABLE victim; --
-- column x"`'); DROP TABLE victim; -- {?}.c: was generated; becomes a plain column with the values that it had: 1) STORED); DROP TABLE victim; --
-- check k of x"`'); DROP TABLE victim; -- {?}: is an expression of another engine: 1=1); DROP TABLE victim; --
-- index x"`'); DROP TABLE victim; -- {?} of x"`'); DROP TABLE victim; -- {?}: is partial, or an expression of another engine: index x"`'); DROP TABLE victim; -- {?} (b) where b = '1' ; DROP TABLE victim
-- index e of x"`'); DROP TABLE victim; -- {?}: is partial, or an expression of another engine: index e (b); DROP TABLE victim; --)
-- index k of x"`'); DROP TABLE victim; -- {?}: is a FULLTEXT INDEX x ON victim (a); -- index, which only its engine has: FULLTEXT INDEX x ON victim (a); -- index k (b)
-- index c of x"`'); DROP TABLE victim; -- {?}: is made plainly; it was USING btree (b); DROP TABLE victim: 
-- constraint x"`'); DROP TABLE victim; -- {?} of x"`'); DROP TABLE victim; -- {?}: excludes rows as only its engine can: EXCLUDE USING gist (b WITH =); DROP TABLE victim; --
