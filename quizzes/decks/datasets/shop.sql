-- A small shop with gaps on purpose: the vase has no price yet, Pia has no city and bought nothing,
-- and purchase 5 was made by a guest.

CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    city TEXT
);

CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    price INTEGER
);

CREATE TABLE purchase (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER REFERENCES customer (id),
    product_id INTEGER NOT NULL REFERENCES product (id),
    quantity INTEGER NOT NULL,
    day TEXT NOT NULL
);

INSERT INTO customer (id, name, city) VALUES
    (1, 'Mia', 'Oslo'),
    (2, 'Noor', 'Bergen'),
    (3, 'Ole', 'Oslo'),
    (4, 'Pia', NULL);

INSERT INTO product (id, name, category, price) VALUES
    (1, 'lamp', 'light', 40),
    (2, 'candle', 'light', 5),
    (3, 'mug', 'kitchen', 8),
    (4, 'bowl', 'kitchen', 12),
    (5, 'vase', 'decor', NULL);

INSERT INTO purchase (id, customer_id, product_id, quantity, day) VALUES
    (1, 1, 1, 1, '2026-05-01'),
    (2, 1, 3, 4, '2026-05-01'),
    (3, 2, 2, 6, '2026-05-02'),
    (4, 3, 3, 2, '2026-05-03'),
    (5, NULL, 2, 10, '2026-05-03'),
    (6, 1, 2, 2, '2026-05-04');
