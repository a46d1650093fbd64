-- How far each file of the audit trail went when its writer looked last: one that is shortened, altered or removed
-- afterwards contradicts its row.
create table audit_file (
  -- Named for its day and writer.
  file text primary key,
  messages bigint not null check (messages > 0),
  -- Of its last message then.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  seen_at timestamptz not null default now()
);
