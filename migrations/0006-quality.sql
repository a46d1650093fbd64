-- What the quality checks said of the image that was analysed, and what readers of its results were told.
alter table analysis
  add column quality jsonb not null default '[]' check (jsonb_typeof(quality) = 'array'),
  add column caveats jsonb not null default '[]' check (jsonb_typeof(caveats) = 'array');
