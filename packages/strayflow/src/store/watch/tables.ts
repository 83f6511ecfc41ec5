/**
 * What live detection adds to a store. No indexes: rows are found by scans of small tables, and an index would keep deleted
 * rows from being given back.
 */
export const watchTables: readonly string[] = [
  `CREATE TABLE sensors (name VARCHAR NOT NULL, position VARCHAR, snapshot VARCHAR, snapshot_journal BIGINT NOT NULL,
     journal BIGINT NOT NULL, alerts BIGINT NOT NULL, rows BIGINT NOT NULL, committed BIGINT NOT NULL)`,
  "CREATE TABLE journal (sensor VARCHAR NOT NULL, number BIGINT NOT NULL, bytes BLOB NOT NULL)",
  `CREATE TABLE alerts (id VARCHAR NOT NULL, sensor VARCHAR NOT NULL, ordinal BIGINT NOT NULL, incident VARCHAR NOT NULL,
     ts DOUBLE, ended DOUBLE, orig VARCHAR NOT NULL, orig_high UBIGINT NOT NULL, orig_low UBIGINT NOT NULL,
     resp VARCHAR NOT NULL, resp_high UBIGINT NOT NULL, resp_low UBIGINT NOT NULL, resp_p USMALLINT NOT NULL,
     proto VARCHAR NOT NULL, service VARCHAR NOT NULL, p_value DOUBLE, score DOUBLE, detectors VARCHAR[] NOT NULL,
     reasons VARCHAR[] NOT NULL, suppressions UINTEGER[] NOT NULL, document VARCHAR NOT NULL)`,
  `CREATE TABLE incidents (id VARCHAR NOT NULL, sensor VARCHAR NOT NULL, revision INTEGER NOT NULL, told_severity UTINYINT,
     status VARCHAR NOT NULL, is_over BOOLEAN NOT NULL, severity UTINYINT NOT NULL, p_value DOUBLE, rarest DOUBLE,
     host VARCHAR NOT NULL, host_high UBIGINT NOT NULL, host_low UBIGINT NOT NULL, kind VARCHAR NOT NULL,
     first_seen DOUBLE, last_seen DOUBLE, alerts DOUBLE NOT NULL, replaced_by VARCHAR, closed_severity UTINYINT,
     closed_alerts DOUBLE, headline VARCHAR NOT NULL, document VARCHAR NOT NULL)`,
  `CREATE TABLE suppressions (id UINTEGER NOT NULL, conditions VARCHAR NOT NULL, note VARCHAR NOT NULL,
     author VARCHAR NOT NULL, created DOUBLE NOT NULL, expires DOUBLE, removed DOUBLE)`,
  "CREATE TABLE suppressed (incident VARCHAR NOT NULL, suppressions UINTEGER[] NOT NULL, alerts DOUBLE NOT NULL)",
  `CREATE TABLE history (number BIGINT NOT NULL, time DOUBLE NOT NULL, incident VARCHAR, suppression UINTEGER,
     action VARCHAR NOT NULL, author VARCHAR NOT NULL, note VARCHAR NOT NULL)`,
  `CREATE TABLE outbox (number BIGINT NOT NULL, sink VARCHAR NOT NULL, id VARCHAR NOT NULL, retry_at DOUBLE,
     document VARCHAR NOT NULL)`,
  `CREATE TABLE outbox_counts (sink VARCHAR NOT NULL, delivered BIGINT NOT NULL, given_up BIGINT NOT NULL,
     last_error VARCHAR)`,
  `CREATE TABLE drift (sensor VARCHAR NOT NULL, day VARCHAR NOT NULL, measure VARCHAR NOT NULL, name VARCHAR NOT NULL,
     value DOUBLE, usual DOUBLE)`,
];
