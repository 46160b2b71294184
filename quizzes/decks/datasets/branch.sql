-- Another library of the same shape, which no card shows: Noor has no loan, Gaia has no city, Levi has no book,
-- The Edda has no author, two members share a name, and one loan has nothing but a book.

CREATE TABLE member (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    city TEXT
);

CREATE TABLE author (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    author_id INTEGER REFERENCES author (id)
);

CREATE TABLE loan (
    id INTEGER PRIMARY KEY,
    book_id INTEGER NOT NULL REFERENCES book (id),
    member_id INTEGER REFERENCES member (id),
    due_on TEXT,
    returned_on TEXT
);

INSERT INTO member (id, name, city) VALUES
    (1, 'Gaia', NULL),
    (2, 'Hal', 'Leeds'),
    (3, 'Iris', 'Bath'),
    (4, 'Hal', 'Bath'),
    (5, 'Noor', 'Leeds'),
    (6, 'Omar', 'London');

INSERT INTO author (id, name) VALUES
    (1, 'Levi'),
    (2, 'Morrison'),
    (3, 'Szymborska');

INSERT INTO book (id, title, author_id) VALUES
    (1, 'Beloved', 2),
    (2, 'Jazz', 2),
    (3, 'Here', 3),
    (4, 'The Edda', NULL),
    (5, 'Sula', 2),
    (6, 'Map', 3);

INSERT INTO loan (id, book_id, member_id, due_on, returned_on) VALUES
    (1, 1, 4, '2026-01-10', '2026-01-12'),
    (2, 1, 2, '2026-02-10', NULL),
    (3, 3, 3, '2026-03-01', NULL),
    (4, 4, 6, '2026-03-05', '2026-03-04'),
    (5, 2, 4, '2026-03-20', NULL),
    (6, 6, NULL, NULL, NULL),
    (7, 1, 3, '2026-04-01', '2026-04-02'),
    (8, 3, 1, '2026-04-09', NULL);
