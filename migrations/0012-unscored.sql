-- Models that were to score the study and did not, while others did: which, declined or failed, and why.
alter table study add column unscored jsonb not null default '[]' check (jsonb_typeof(unscored) = 'array');
