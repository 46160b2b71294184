-- A small feed: on the second of March three posts came in, so the day alone does not order them;
-- posts 2, 5 and 7 have equally many likes.

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE post (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES person (id),
    posted_on TEXT NOT NULL,
    likes INTEGER NOT NULL
);

INSERT INTO person (id, name) VALUES
    (1, 'Ann'),
    (2, 'Bob');

INSERT INTO post (id, author_id, posted_on, likes) VALUES
    (1, 1, '2026-03-01', 9),
    (2, 2, '2026-03-01', 4),
    (3, 1, '2026-03-02', 0),
    (4, 2, '2026-03-02', 7),
    (5, 2, '2026-03-02', 4),
    (6, 1, '2026-03-03', 1),
    (7, 2, '2026-03-04', 4);
