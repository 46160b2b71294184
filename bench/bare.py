"""A Flask app that says hello and has the portal's packages attached: what they cost before a line of ours runs."""

import bcrypt
import brotli
import psycopg
import pysqlite3
import wtforms
from flask import Flask
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy.orm import DeclarativeBase

IMPORTED = (bcrypt, brotli, psycopg, pysqlite3, wtforms, FlaskForm)


class Base(DeclarativeBase):
    """A base without tables."""


app = Flask(__name__)
app.config.update(SECRET_KEY="bare", SQLALCHEMY_DATABASE_URI="sqlite://")  # guards nothing
db = SQLAlchemy(app, model_class=Base)
Migrate(app, db)
LoginManager(app)
CSRFProtect(app)


@app.get("/")
def hello() -> str:
    """Say hello."""
    return "Hello, World!"
