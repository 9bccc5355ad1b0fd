"""The steps of the app with PostgreSQL and pgvector, in the same order and with the same packages.

    python app.py clip PORT     # FastAPI: a text or photos to vectors, by PyTorch
    python app.py query PORT    # FastAPI: a form's text to a page with the four nearest photos
    python app.py fill FILES    # photos to vectors to the table, FILES is a list in JSON

MODEL is a folder with a CLIP, CLIP_URL where the first listens, DATABASE_URL the database. As in the app, all work is
done within `async` functions, one request at a time, and each search opens a connection of its own.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse
from jinja2 import Template
from pydantic import BaseModel

BATCH = 100
PAGE = Template('<ol>{% for name, url in photos %}<li><img src="{{ url }}" alt="{{ name }}"></li>{% endfor %}</ol>')


class Request(BaseModel):
    datatype: Literal['text', 'image']
    values: list[str]


def embed(datatype, value):
    # The app waits 5 s; photos that a busy machine turns into vectors take longer at times.
    answer = httpx.post(f'{os.environ["CLIP_URL"]}/embed', json=dict(datatype=datatype, values=[value]), timeout=60)
    answer.raise_for_status()
    return '[' + ', '.join(str(number) for number in answer.json()['embeddings'][0]) + ']'


def connect():
    return psycopg.connect(os.environ['DATABASE_URL'])


def clip_app():
    import torch
    from PIL import Image
    from transformers import CLIPModel, CLIPProcessor

    model = CLIPModel.from_pretrained(os.environ['MODEL']).eval()
    processor = CLIPProcessor.from_pretrained(os.environ['MODEL'])
    app = FastAPI()

    @app.post('/embed')
    async def embed(request: Request):
        with torch.no_grad():
            if request.datatype == 'text':
                inputs = processor(text=request.values, return_tensors='pt', padding=True)
                features = model.get_text_features(**inputs)
            else:
                photos = [Image.open(file) for file in request.values]
                inputs = processor(images=photos, return_tensors='pt', padding=True)
                features = model.get_image_features(**inputs)
            features = getattr(features, 'pooler_output', features)
            features /= features.norm(dim=-1, keepdim=True)
        return dict(embeddings=features.numpy().tolist())

    return app


def query_app():
    app = FastAPI()

    @app.post('/search_form', response_class=HTMLResponse)
    async def search_form(search_text: Annotated[str, Form()]):
        vector = embed('text', search_text)
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute('SELECT filename, url FROM pictures ORDER BY embedding <-> %s LIMIT 4', (vector,))
            return PAGE.render(photos=cursor.fetchall())

    return app


def fill(files):
    with connect() as connection:
        connection.execute('CREATE EXTENSION IF NOT EXISTS vector')
        connection.execute('CREATE TABLE pictures (filename text PRIMARY KEY, url text, embedding vector(512))')
    for first in range(0, len(files), BATCH):
        rows = [(Path(file).name, f'photos/{Path(file).name}', embed('image', file)) for file in files[first : first + BATCH]]
        with connect() as connection, connection.cursor() as cursor:
            with cursor.copy('COPY pictures (filename, url, embedding) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)


if __name__ == '__main__':
    role, argument = sys.argv[1:]
    if role == 'fill':
        fill(json.loads(Path(argument).read_text()))
    else:
        uvicorn.run(clip_app() if role == 'clip' else query_app(), host='127.0.0.1', port=int(argument), log_level='error')
