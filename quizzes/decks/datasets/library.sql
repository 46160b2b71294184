-- A small library with gaps on purpose: Dee has no loan and no city, Arrow of God was never lent,
-- Lem has no book, Beowulf has no author, and loan 6 has nothing but a book.

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
    (1, 'Ada', 'London'),
    (2, 'Ben', 'Leeds'),
    (3, 'Cy', 'London'),
    (4, 'Dee', NULL);

INSERT INTO author (id, name) VALUES
    (1, 'Woolf'),
    (2, 'Orwell'),
    (3, 'Achebe'),
    (4, 'Lem');

INSERT INTO book (id, title, author_id) VALUES
    (1, 'Orlando', 1),
    (2, 'The Waves', 1),
    (3, 'Animal Farm', 2),
    (4, 'Arrow of God', 3),
    (5, 'Beowulf', NULL);

INSERT INTO loan (id, book_id, member_id, due_on, returned_on) VALUES
    (1, 1, 1, '2026-03-01', '2026-02-20'),
    (2, 1, 2, '2026-04-01', NULL),
    (3, 3, 1, '2026-04-10', NULL),
    (4, 5, 3, '2026-02-15', '2026-02-28'),
    (5, 2, 1, '2026-03-20', '2026-03-18'),
    (6, 2, NULL, NULL, NULL);
