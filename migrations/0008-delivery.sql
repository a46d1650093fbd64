-- What a destination was offered, what it answered, and whether it kept it.
--
--   owed         to be offered when due
--   sent         taken; due when the destination is next asked whether it kept it, not due when it is not asked
--   confirmed    the destination says that it has it
--   unconfirmed  taken, and no way to learn whether it was kept
--   refused      will not be offered again by itself
--   held         a person must decide: at the destination the study is another patient's or order's
alter table delivery
  drop constraint delivery_state_check,
  drop constraint delivery_check,
  drop constraint delivery_check1,
  drop constraint delivery_check2;
alter table delivery
  -- 0 first: a finding that cannot wait, 1: another finding, 2: none, or not analysed.
  add column urgency smallint not null default 2 check (urgency between 0 and 2),
  -- An attempt is being made; `due_at` is then its lease.
  add column under_way boolean not null default false,
  -- Since when it is offered.
  add column owed_at timestamptz not null default now(),
  -- What the destination took: the result, or one that stands in for it.
  add column sent_result_id bigint references result,
  -- How often it was asked whether it kept it, since it last took it.
  add column questions integer not null default 0 check (questions >= 0),
  -- How often the destination lost it again.
  add column losses integer not null default 0 check (losses >= 0),
  -- Taken later than it should have been.
  add column late boolean not null default false,
  -- A person said to send it although the destination has the study as another patient's or order's.
  add column released boolean not null default false,
  -- When a storage commitment request for it was last sent and not reported on yet.
  add column asked_at timestamptz,
  -- When to stop asking.
  add column confirm_until timestamptz,
  add column confirmed_at timestamptz,
  add column confirmed_by text check (confirmed_by in ('storage commitment', 'query')),
  add constraint delivery_state check (state in ('owed', 'sent', 'confirmed', 'unconfirmed', 'refused', 'held')),
  add constraint delivery_due check (case state when 'owed' then due_at is not null when 'sent' then true else due_at is null end),
  add constraint delivery_sent check ((sent_at is not null) = (state in ('sent', 'confirmed', 'unconfirmed'))),
  add constraint delivery_asked check (asked_at is null or state = 'sent'),
  add constraint delivery_confirmed check ((confirmed_at is not null and confirmed_by is not null) = (state = 'confirmed')),
  add constraint delivery_reason check (reason_code is not null or state not in ('unconfirmed', 'refused', 'held'));
drop index delivery_due;
create index delivery_due on delivery (destination, urgency, result_id) where state = 'owed';
create index delivery_unasked on delivery (destination, due_at) where state = 'sent' and due_at is not null;
drop index delivery_refused;
create index delivery_stopped on delivery (state, destination) where state in ('unconfirmed', 'refused', 'held');

-- Every answer to a delivery, oldest first; the same one again is counted.
create table delivery_answer (
  id bigint generated always as identity primary key,
  delivery_id bigint not null references delivery on delete cascade,
  -- What was asked: store it, still the same patient and order, do you have it, or what a person did.
  question text not null check (question in ('store', 'identity', 'storage commitment', 'query', 'person')),
  sop_class_uid text,
  status integer check (status between 0 and 65535),
  reason_code text,
  comment text,
  times integer not null default 1 check (times > 0),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now()
);
create index delivery_answer_delivery on delivery_answer (delivery_id, id);

-- What a destination took or did not take on, until it is asked anew.
create table destination_sop_class (
  destination text not null check (destination <> ''),
  sop_class_uid text not null,
  accepted boolean not null,
  learned_at timestamptz not null default now(),
  primary key (destination, sop_class_uid)
);

-- Storage commitment requests of ours, by which a report finds what it is about.
create table commitment_request (
  transaction_uid text primary key,
  destination text not null,
  requested_at timestamptz not null default now(),
  reported_at timestamptz
);

-- Storage commitment reports we owe our senders.
create table commitment_report (
  id bigint generated always as identity primary key,
  transaction_uid text not null,
  -- Who asked, and under which AE title of ours.
  ae_title text not null,
  called_ae_title text not null,
  -- [{ sopClassUid, sopInstanceUid }]
  instances jsonb not null check (jsonb_typeof(instances) = 'array'),
  state text not null default 'owed' check (state in ('owed', 'sent', 'refused')),
  attempts integer not null default 0 check (attempts >= 0),
  due_at timestamptz default now(),
  status integer check (status between 0 and 65535),
  reason_code text,
  comment text,
  failed integer,
  requested_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (ae_title, transaction_uid),
  check ((due_at is not null) = (state = 'owed')),
  check ((sent_at is not null) = (state = 'sent')),
  check (reason_code is not null or state <> 'refused')
);
create index commitment_report_due on commitment_report (due_at) where state = 'owed';
