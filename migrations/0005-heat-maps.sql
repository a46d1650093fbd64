-- Where a model looked, as numbers: NumPy files in the result store.
create table heat_map (
  id bigint generated always as identity primary key,
  analysis_id bigint not null references analysis on delete cascade,
  -- The finding; null: all findings at or above their operating points together.
  label text,
  method text not null check (method in ('grad-cam', 'pli', 'occlusion')),
  rows integer not null check (rows > 0),
  columns integer not null check (columns > 0),
  -- No localisation: all zero.
  empty boolean not null,
  -- Named for its content.
  file text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null check (bytes > 0),
  unique nulls not distinct (analysis_id, label)
);
