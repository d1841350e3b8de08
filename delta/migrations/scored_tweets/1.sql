-- From before tables said which version of the contract they keep: they hold all that version 1 asks for.
ALTER TABLE ${table} SET TBLPROPERTIES ('sentistream.contract' = '1');
