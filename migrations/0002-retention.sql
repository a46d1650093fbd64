-- The file of an instance has left by age; its row still tells that the instance was here, and keeps it from being
-- taken for a new one.
alter table instance add column removed_at timestamptz;

-- What each sender brought lately.
create index instance_received on instance (received_at, calling_ae_title) include (bytes);
-- What may leave.
create index study_finished on study (finished_at) where finished_at is not null;
create index instance_kept on instance (study_id) where removed_at is null;
