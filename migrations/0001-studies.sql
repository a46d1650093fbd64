-- Rows are the truth: what has `due_at` is owed, and taking the work up pushes `due_at` ahead (a lease), so that the
-- work of a killed process is due again by itself.

create table study (
  id bigint generated always as identity primary key,
  study_instance_uid text not null unique,
  state text not null default 'receiving'
    check (state in ('receiving', 'complete', 'analysed', 'declined', 'failed')),
  -- Rises when an instance arrives after the study was complete.
  revision integer not null default 1 check (revision > 0),
  opened_at timestamptz not null default now(),
  last_instance_at timestamptz not null default now(),
  completed_at timestamptz,
  finished_at timestamptz,
  -- Why it was declined, failed, or (while complete) last deferred.
  reason_code text,
  reason text,
  -- How often the analysis of this revision was taken up.
  attempts integer not null default 0 check (attempts >= 0),
  due_at timestamptz,
  check ((due_at is not null) = (state = 'complete')),
  check ((completed_at is null) = (state = 'receiving')),
  check ((finished_at is not null) = (state in ('analysed', 'declined', 'failed'))),
  check (reason_code is not null or state not in ('declined', 'failed')),
  check (reason_code is null or state not in ('receiving', 'analysed'))
);
create index study_due on study (due_at) where due_at is not null;
create index study_receiving on study (last_instance_at) where state = 'receiving';
create index study_state_newest on study (state, id desc);

create table instance (
  -- Names the file.
  id uuid primary key,
  study_id bigint not null references study,
  revision integer not null,
  sop_instance_uid text not null unique,
  sop_class_uid text not null,
  series_instance_uid text not null,
  transfer_syntax_uid text not null,
  calling_ae_title text not null,
  called_ae_title text not null,
  bytes bigint not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  received_at timestamptz not null
);
create index instance_study on instance (study_id);

-- Associations still open that have delivered instances of a study: it is not complete while one of them is alive.
create table open_association (
  association_id uuid not null,
  study_id bigint not null references study,
  seen_at timestamptz not null default now(),
  primary key (study_id, association_id)
);
create index open_association_association on open_association (association_id);

create table analysis (
  id bigint generated always as identity primary key,
  study_id bigint not null references study,
  revision integer not null,
  -- The image analysed.
  sop_instance_uid text not null,
  model_id text not null,
  model_version text not null,
  device_uid text not null,
  findings jsonb not null check (jsonb_typeof(findings) = 'array'),
  -- Stage to milliseconds.
  durations jsonb not null check (jsonb_typeof(durations) = 'object'),
  started_at timestamptz not null,
  finished_at timestamptz not null default now(),
  unique (study_id, revision, sop_instance_uid, device_uid)
);

create table result (
  id bigint generated always as identity primary key,
  study_id bigint not null references study,
  analysis_id bigint not null references analysis,
  sop_instance_uid text not null unique,
  sop_class_uid text not null,
  series_instance_uid text not null,
  transfer_syntax_uid text not null,
  kind text not null check (kind in ('SR', 'SC')),
  -- The finding a heat map shows.
  label text,
  -- Named for its content.
  file text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null check (bytes > 0),
  created_at timestamptz not null default now()
);
create index result_study on result (study_id);
create index result_analysis on result (analysis_id);

create table delivery (
  id bigint generated always as identity primary key,
  result_id bigint not null references result,
  destination text not null check (destination <> ''),
  state text not null default 'owed' check (state in ('owed', 'sent', 'refused')),
  attempts integer not null default 0 check (attempts >= 0),
  due_at timestamptz default now(),
  -- The last DIMSE status answered, PS3.7 annex C.
  status integer check (status between 0 and 65535),
  reason_code text,
  comment text,
  sent_at timestamptz,
  unique (result_id, destination),
  check ((due_at is not null) = (state = 'owed')),
  check ((sent_at is not null) = (state = 'sent')),
  check (reason_code is not null or state <> 'refused')
);
create index delivery_due on delivery (due_at) where state = 'owed';
create index delivery_refused on delivery (destination) where state = 'refused';
